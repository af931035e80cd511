package main

func main() {
	var all [][]byte
	for {
		block := make([]byte, 1<<24)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		all = append(all, block)
	}
}
