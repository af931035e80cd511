package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	var n int
	var s int64
	fmt.Fscan(reader, &n, &s)
	sums := []int64{0}
	places := []int{0}
	var total int64
	best := n + 1
	for end := 1; end <= n; end++ {
		var num int64
		fmt.Fscan(reader, &num)
		total += num
		for len(sums) > 0 && sums[len(sums)-1] >= total {
			sums = sums[:len(sums)-1]
			places = places[:len(places)-1]
		}
		found := sort.Search(len(sums), func(i int) bool { return sums[i] > total-s })
		if found > 0 && end-places[found-1] < best {
			best = end - places[found-1]
		}
		sums = append(sums, total)
		places = append(places, end)
	}
	if best > n {
		best = -1
	}
	fmt.Println(best)
}
