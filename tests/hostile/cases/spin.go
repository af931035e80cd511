package main

import "runtime"

func main() {
	for range make([]int, runtime.NumCPU()) {
		go func() {
			for {
			}
		}()
	}
	select {}
}
