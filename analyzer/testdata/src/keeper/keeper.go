// Package keeper holds helpers that txescape knows only by their facts.
package keeper

import "github.com/keyfam/keyfam/generated/signalkeys"

type Cache struct{ tx *signalkeys.Tx }

func (c *Cache) Keep(tx *signalkeys.Tx) { c.tx = tx }

func (c *Cache) Use(tx *signalkeys.Tx) { _ = tx.Sessions() }

func New(tx *signalkeys.Tx) *Cache { return &Cache{tx: tx} }
