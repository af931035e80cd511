use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Read};

fn split(bytes: &[u32]) -> Vec<Vec<u32>> {
    let mut words: Vec<Vec<u32>> = Vec::new();
    for &byte in bytes {
        if byte == 32 || words.is_empty() {
            words.push(Vec::new());
        }
        words.last_mut().unwrap().push(byte);
    }
    words
}

fn merge(words: &mut Vec<Vec<u32>>, pair: (u32, u32), merged: u32) {
    for word in words.iter_mut() {
        let mut made: Vec<u32> = Vec::with_capacity(word.len());
        for &token in word.iter() {
            // What was merged just now is `merged`, which is in no pair of before.
            match made.last_mut() {
                Some(last) if (*last, token) == pair => *last = merged,
                _ => made.push(token),
            }
        }
        *word = made;
    }
}

fn main() {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).unwrap();
    let numbers: Vec<u32> = text.split_ascii_whitespace().map(|word| word.parse().unwrap()).collect();
    let (n, k) = (numbers[0] as usize, numbers[2]);
    let mut text = split(&numbers[3..3 + n]);
    let mut query = split(&numbers[3 + n..]);
    let mut merges: Vec<(u32, u32)> = Vec::new();
    for merged in 256..256 + k {
        let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for word in &text {
            for pair in word.windows(2) {
                *counts.entry((pair[0], pair[1])).or_insert(0) += 1;
            }
        }
        let best = counts.into_iter().max_by_key(|&(pair, count)| (count, Reverse(pair)));
        match best {
            Some((pair, count)) if count > 1 => {
                merge(&mut text, pair, merged);
                merge(&mut query, pair, merged);
                merges.push(pair);
            }
            _ => break,
        }
    }
    let pairs: String = merges.iter().map(|(left, right)| format!("{} {}\n", left, right)).collect();
    let ids: Vec<String> = query.concat().iter().map(|token| token.to_string()).collect();
    println!("{}\n{}{}\n{}", merges.len(), pairs, ids.len(), ids.join(" "));
}
