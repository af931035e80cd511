package main

import (
	"runtime"
	"syscall"
)

// Each goroutine keeps a thread of its own, and waits for ever in the kernel.
func main() {
	for {
		go func() {
			runtime.LockOSThread()
			var pipe [2]int
			syscall.Pipe(pipe[:])
			syscall.Read(pipe[0], make([]byte, 1))
		}()
		runtime.Gosched()
	}
}
