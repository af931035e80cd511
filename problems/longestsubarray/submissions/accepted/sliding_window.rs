use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_ascii_whitespace().map(|word| word.parse::<i64>().unwrap());
    let n = words.next().unwrap() as usize;
    let s = words.next().unwrap();
    let nums: Vec<i64> = words.take(n).collect();
    let (mut total, mut left, mut best) = (0i64, 0usize, 0usize);
    for (right, num) in nums.iter().enumerate() {
        total += num;
        while total > s {
            total -= nums[left];
            left += 1;
        }
        best = best.max(right + 1 - left);
    }
    println!("{}", best);
}
