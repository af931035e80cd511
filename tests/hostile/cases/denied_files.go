package main

import (
	"fmt"
	"net"
	"os"
	"syscall"
)

func main() {
	tried := map[string]func() error{
		"shadow": func() error { _, err := os.ReadFile("/etc/shadow"); return err },
		"home":   func() error { _, err := os.ReadFile("/root/.bashrc"); return err },
		"wrote":  func() error { return os.WriteFile("/etc/written", nil, 0o600) },
		"linked": func() error {
			os.Symlink("/etc/shadow", "link")
			_, err := os.ReadFile("link")
			return err
		},
		"called":   func() error { _, err := net.Dial("tcp", "127.0.0.1:80"); return err },
		"replaced": func() error { return os.WriteFile("/app/main", nil, 0o700) },
		"became":   func() error { return syscall.Setuid(0) },
	}
	for what, attempt := range tried {
		if attempt() == nil {
			fmt.Println(what)
		}
	}
	fmt.Println("denied")
}
