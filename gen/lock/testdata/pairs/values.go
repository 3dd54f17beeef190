package main

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"

	"github.com/keyfam/keyfam/store/family"
)

// accessors are the families of a repository.
func accessors(repo any) (all []reflect.Value) {
	v := reflect.ValueOf(repo)
	for i := range v.NumMethod() {
		m := v.Method(i)
		if m.Type().NumIn() != 0 || m.Type().NumOut() != 1 {
			continue
		}
		if _, ok := m.Type().Out(0).MethodByName("PutMany"); ok {
			all = append(all, m.Call(nil)[0])
		}
	}
	return all
}

// rewrite reads every record and puts it again.
func rewrite(ctx context.Context, repo any) error {
	for _, acc := range accessors(repo) {
		var ids, values []reflect.Value
		for entry, err := range acc.MethodByName("All").Call([]reflect.Value{reflect.ValueOf(ctx)})[0].Seq2() {
			if !err.IsNil() {
				return err.Interface().(error)
			}
			ids = append(ids, entry.FieldByName("ID"))
			values = append(values, entry.FieldByName("Value"))
		}
		for i := range ids {
			if err := put(ctx, acc, ids[i], values[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func put(ctx context.Context, acc, k, v reflect.Value) error {
	err := acc.MethodByName("Put").Call([]reflect.Value{reflect.ValueOf(ctx), k, v})[0]
	if err.IsNil() {
		return nil
	}
	return err.Interface().(error)
}

// fill puts three records into every family; records of other seeds stay.
func fill(ctx context.Context, repo any, v version, seed int) error {
	for _, acc := range accessors(repo) {
		typ := acc.MethodByName("Put").Type()
		for i := range 3 {
			m := &maker{version: v, n: uint64(seed*10 + i)}
			id, value := m.make(typ.In(1)), m.make(typ.In(2))
			if err := put(ctx, acc, id, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// maker makes values, no two makers the same.
type maker struct {
	version version
	n       uint64
}

func (m *maker) make(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[family.Secret]():
		v.Set(reflect.ValueOf(family.NewSecret([]byte{byte(m.n), 2})))
		return v
	case typ == reflect.TypeFor[family.SecretString]():
		v.Set(reflect.ValueOf(family.NewSecretString(fmt.Sprintf("s%d", m.n))))
		return v
	case strings.HasPrefix(typ.Name(), "Secret"):
		for _, secret := range m.version.secrets {
			if f := reflect.ValueOf(secret); f.Type().Out(0) == typ {
				return f.Call([]reflect.Value{m.make(f.Type().In(0))})[0]
			}
		}
		panic("no constructor of " + typ.Name())
	case typ == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(int64(m.n)).UTC()))
		return v
	}
	m.set(v)
	return v
}

func (m *maker) set(v reflect.Value) {
	typ := v.Type()
	plain := typ.PkgPath() == "" // not an enum and not an id
	switch typ.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32:
		v.SetInt(1)
		if plain {
			v.SetInt(math.MinInt32 + int64(m.n))
		}
	case reflect.Int64:
		v.SetInt(math.MinInt64 + int64(m.n))
	case reflect.Uint32:
		v.SetUint(math.MaxUint32 - m.n)
	case reflect.Uint64:
		v.SetUint(math.MaxUint64 - m.n)
	case reflect.Float64:
		v.SetFloat(float64(m.n) + 0.5)
	case reflect.Uint8:
		v.SetUint(m.n)
	case reflect.String:
		v.SetString(fmt.Sprintf("s%d", m.n))
	case reflect.Array:
		for i := range v.Len() {
			m.set(v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.Append(v, m.make(typ.Elem()), m.make(typ.Elem())))
	case reflect.Map:
		v.Set(reflect.MakeMap(typ))
		v.SetMapIndex(reflect.ValueOf("k"), m.make(typ.Elem()))
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(m.make(typ.Elem()))
	case reflect.Struct:
		for i := range v.NumField() {
			if typ.Field(i).IsExported() {
				v.Field(i).Set(m.make(typ.Field(i).Type))
			}
		}
	default:
		panic("no value of " + typ.String())
	}
}
