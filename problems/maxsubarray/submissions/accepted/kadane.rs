use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut nums = text.split_ascii_whitespace().skip(1).map(|word| word.parse::<i64>().unwrap());
    let first = nums.next().unwrap();
    let (mut best, mut current) = (first, first);
    for num in nums {
        current = num.max(current + num);
        best = best.max(current);
    }
    println!("{}", best);
}
