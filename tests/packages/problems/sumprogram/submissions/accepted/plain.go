package main

import "fmt"

func main() {
	var n, value, sum int64
	fmt.Scan(&n)
	for ; n > 0; n-- {
		fmt.Scan(&value)
		sum += value
	}
	fmt.Println(sum)
}
