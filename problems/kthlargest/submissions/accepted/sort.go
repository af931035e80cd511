package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	var n, k int
	fmt.Fscan(reader, &n, &k)
	nums := make([]int, n)
	for i := range nums {
		fmt.Fscan(reader, &nums[i])
	}
	sort.Ints(nums)
	fmt.Println(nums[n-k])
}
