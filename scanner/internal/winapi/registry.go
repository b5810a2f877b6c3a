//go:build windows

package winapi

import (
	"errors"
	"syscall"
	"unsafe"
)

var regEnumValue = advapi32.NewProc("RegEnumValueW")

// Key is an open key of the registry, in its 64-bit view.
type Key syscall.Handle

// Roots of the registry.
const (
	LocalMachine Key = syscall.HKEY_LOCAL_MACHINE
	Users        Key = syscall.HKEY_USERS
	Classes      Key = syscall.HKEY_CLASSES_ROOT
)

const (
	keyRead  = syscall.KEY_READ | 0x100 // KEY_WOW64_64KEY
	maxValue = 1 << 20                  // bytes
	maxName  = 16_384                   // of a value, in UTF-16 units
)

// Open opens a key below this one.
func (k Key) Open(path string) (Key, error) {
	var opened syscall.Handle
	err := syscall.RegOpenKeyEx(syscall.Handle(k), text(path), 0, keyRead, &opened)
	return Key(opened), err
}

// Close lets go of a key that Open gave.
func (k Key) Close() { syscall.RegCloseKey(syscall.Handle(k)) }

// Value is one value of a key; Data is as the registry holds it.
type Value struct {
	Name string
	Kind uint32
	Data []byte
}

// Kinds of values that hold text.
const (
	KindString   = 1
	KindExpand   = 2
	KindMultiple = 7
)

// Strings are the texts of a value.
func (v *Value) Strings() []string {
	units := unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(v.Data))), len(v.Data)/2)
	switch v.Kind {
	case KindString, KindExpand:
		return []string{syscall.UTF16ToString(units)}
	case KindMultiple:
		var list []string
		for len(units) > 0 && units[0] != 0 {
			one := syscall.UTF16ToString(units)
			list = append(list, one)
			end := 0
			for end < len(units) && units[end] != 0 {
				end++
			}
			units = units[min(end+1, len(units)):]
		}
		return list
	}
	return nil
}

// Text is the first of the texts, empty where there is none.
func (v *Value) Text() string {
	if list := v.Strings(); len(list) > 0 {
		return list[0]
	}
	return ""
}

// Value reads one value; ok is false where it is not there, or larger than is read.
func (k Key) Value(name string) (v Value, ok bool) {
	v.Name = name
	size := uint32(512)
	for {
		v.Data = make([]byte, size)
		err := syscall.RegQueryValueEx(syscall.Handle(k), text(name), nil, &v.Kind, &v.Data[0], &size)
		if err == nil {
			v.Data = v.Data[:min(int(size), len(v.Data))]
			return v, true
		}
		if !errors.Is(err, syscall.ERROR_MORE_DATA) || size > maxValue || int(size) <= len(v.Data) {
			return Value{}, false
		}
	}
}

// Values lists the values of a key; left counts those that are larger than is read, whole tells that there are no more than limit.
func (k Key) Values(limit int) (list []Value, left int, whole bool) {
	name := make([]uint16, maxName)
	data := make([]byte, 4096)
	for index := 0; index < limit; index++ {
		length, size, kind := uint32(len(name)), uint32(len(data)), uint32(0)
		result, _, _ := regEnumValue.Call(uintptr(k), uintptr(index), uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&length)), 0,
			uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(&data[0])), uintptr(unsafe.Pointer(&size)))
		if syscall.Errno(result) == syscall.ERROR_MORE_DATA && size > uint32(len(data)) && size <= maxValue {
			data = make([]byte, size)
			index--
			continue
		}
		if syscall.Errno(result) == syscall.ERROR_MORE_DATA {
			left++
			continue
		}
		if result != 0 {
			return list, left, syscall.Errno(result) == ErrorNoMoreItems
		}
		list = append(list, Value{
			Name: syscall.UTF16ToString(name[:length]), Kind: kind, Data: append([]byte{}, data[:min(int(size), len(data))]...),
		})
	}
	return list, left, false
}

// Keys lists the names of the keys below a key; whole tells that there are no more than limit.
func (k Key) Keys(limit int) (list []string, whole bool) {
	name := make([]uint16, 256+1)
	for index := 0; index < limit; index++ {
		length := uint32(len(name))
		if err := syscall.RegEnumKeyEx(syscall.Handle(k), uint32(index), &name[0], &length, nil, nil, nil, nil); err != nil {
			return list, errors.Is(err, ErrorNoMoreItems)
		}
		list = append(list, syscall.UTF16ToString(name[:length]))
	}
	return list, false
}
