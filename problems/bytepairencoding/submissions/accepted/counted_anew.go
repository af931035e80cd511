package main

import (
	"bufio"
	"fmt"
	"os"
)

type pair struct{ left, right int }

func split(reader *bufio.Reader, count int) [][]int {
	var words [][]int
	for i := 0; i < count; i++ {
		var read int
		fmt.Fscan(reader, &read)
		if read == ' ' || len(words) == 0 {
			words = append(words, nil)
		}
		words[len(words)-1] = append(words[len(words)-1], read)
	}
	return words
}

func merge(words [][]int, wanted pair, merged int) {
	for w, word := range words {
		made := word[:0]
		for i := 0; i < len(word); i++ {
			if i+1 < len(word) && (pair{word[i], word[i+1]}) == wanted {
				made = append(made, merged)
				i++
			} else {
				made = append(made, word[i])
			}
		}
		words[w] = made
	}
}

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	var n, m, k int
	fmt.Fscan(reader, &n, &m, &k)
	text, query := split(reader, n), split(reader, m)
	var merges []pair
	for len(merges) < k {
		counts := map[pair]int{}
		for _, word := range text {
			for i := 0; i+1 < len(word); i++ {
				counts[pair{word[i], word[i+1]}]++
			}
		}
		var best pair
		most := 1
		for one, count := range counts {
			smaller := one.left < best.left || one.left == best.left && one.right < best.right
			if count > most || count == most && most > 1 && smaller {
				best, most = one, count
			}
		}
		if most < 2 {
			break
		}
		merge(text, best, 256+len(merges))
		merge(query, best, 256+len(merges))
		merges = append(merges, best)
	}
	fmt.Fprintln(writer, len(merges))
	for _, one := range merges {
		fmt.Fprintln(writer, one.left, one.right)
	}
	count := 0
	for _, word := range query {
		count += len(word)
	}
	fmt.Fprintln(writer, count)
	for _, word := range query {
		for _, token := range word {
			fmt.Fprint(writer, token, " ")
		}
	}
	fmt.Fprintln(writer)
}
