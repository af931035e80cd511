package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	var n int
	fmt.Fscan(reader, &n)
	intervals := make([][2]int, n)
	for i := range intervals {
		fmt.Fscan(reader, &intervals[i][0], &intervals[i][1])
	}
	sort.Slice(intervals, func(i, j int) bool { return intervals[i][0] < intervals[j][0] })
	merged := intervals[:1]
	for _, next := range intervals[1:] {
		last := &merged[len(merged)-1]
		if next[0] > last[1] {
			merged = append(merged, next)
		} else if next[1] > last[1] {
			last[1] = next[1]
		}
	}
	fmt.Fprintln(writer, len(merged))
	for _, part := range merged {
		fmt.Fprintln(writer, part[0], part[1])
	}
}
