package main

import (
	"bufio"
	"container/list"
	"fmt"
	"os"
)

type item struct{ key, value int }

func main() {
	reader := bufio.NewReaderSize(os.Stdin, 1<<20)
	writer := bufio.NewWriter(os.Stdout)
	defer writer.Flush()
	var capacity, q, key, value int
	var name string
	fmt.Fscan(reader, &capacity, &q)
	items := list.New()
	places := map[int]*list.Element{}
	for ; q > 0; q-- {
		fmt.Fscan(reader, &name, &key)
		place, there := places[key]
		if there {
			items.MoveToFront(place)
		}
		if name == "get" {
			found := -1
			if there {
				found = place.Value.(*item).value
			}
			fmt.Fprintln(writer, found)
			continue
		}
		fmt.Fscan(reader, &value)
		if there {
			place.Value.(*item).value = value
			continue
		}
		if items.Len() == capacity {
			oldest := items.Back()
			delete(places, oldest.Value.(*item).key)
			items.Remove(oldest)
		}
		places[key] = items.PushFront(&item{key, value})
	}
}
