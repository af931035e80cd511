package main

func both(a, b int64) int64 {
	return a + b
}
