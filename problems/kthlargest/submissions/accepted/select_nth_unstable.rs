use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_ascii_whitespace().map(|word| word.parse::<i64>().unwrap());
    let n = words.next().unwrap() as usize;
    let k = words.next().unwrap() as usize;
    let mut nums: Vec<i64> = words.take(n).collect();
    let (_, found, _) = nums.select_nth_unstable(n - k);
    println!("{}", found);
}
