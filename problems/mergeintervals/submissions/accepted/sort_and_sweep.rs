use std::io::{self, Read};

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<i32> = text.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut intervals: Vec<(i32, i32)> = numbers[1..].chunks(2).map(|pair| (pair[0], pair[1])).collect();
    intervals.sort_unstable();
    let mut merged: Vec<(i32, i32)> = Vec::new();
    for (left, right) in intervals {
        match merged.last_mut() {
            Some(last) if left <= last.1 => last.1 = last.1.max(right),
            _ => merged.push((left, right)),
        }
    }
    let lines: Vec<String> = merged.iter().map(|(left, right)| format!("{} {}", left, right)).collect();
    println!("{}\n{}", merged.len(), lines.join("\n"));
}
