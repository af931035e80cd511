use std::collections::VecDeque;
use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let mut words = text.split_ascii_whitespace().map(|word| word.parse::<i64>().unwrap());
    let n = words.next().unwrap() as usize;
    let s = words.next().unwrap();
    let mut starts: VecDeque<(i64, usize)> = VecDeque::from([(0, 0)]);
    let (mut total, mut best) = (0i64, n + 1);
    for (i, num) in words.take(n).enumerate() {
        total += num;
        while let Some(&(sum, start)) = starts.front() {
            if total - sum < s {
                break;
            }
            best = best.min(i + 1 - start);
            starts.pop_front();
        }
        while starts.back().map_or(false, |&(sum, _)| sum >= total) {
            starts.pop_back();
        }
        starts.push_back((total, i + 1));
    }
    if best <= n {
        println!("{}", best);
    } else {
        println!("-1");
    }
}
