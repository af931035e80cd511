package main

import (
	"bufio"
	"fmt"
	"os"
)

func next(reader *bufio.Reader) int64 {
	c, _ := reader.ReadByte()
	for c < '0' {
		c, _ = reader.ReadByte()
	}
	var value int64
	for ; c >= '0'; c, _ = reader.ReadByte() {
		value = value*10 + int64(c-'0')
	}
	return value
}

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<16)
	n := int(next(reader))
	s := next(reader)
	nums := make([]int64, n)
	for i := range nums {
		nums[i] = next(reader)
	}
	var total int64
	left, best := 0, 0
	for right, num := range nums {
		total += num
		for total > s {
			total -= nums[left]
			left++
		}
		if right-left+1 > best {
			best = right - left + 1
		}
	}
	fmt.Println(best)
}
