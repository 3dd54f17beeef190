// Package audit holds helpers that outerhandle knows only by their facts.
package audit

import (
	"context"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

type Log struct{ repo *signalkeys.Repo }

func (l *Log) Note(ctx context.Context, k signalkeys.SessionID) error { return record(ctx, l.repo, k) }

func (l *Log) Repo() *signalkeys.Repo { return l.repo }

type Service struct{ Repo *signalkeys.Repo }

func (s *Service) Deep(ctx context.Context, k signalkeys.SessionID) error {
	return record(ctx, s.Repo, k)
}

func record(ctx context.Context, r *signalkeys.Repo, k signalkeys.SessionID) error {
	_, _, err := r.Sessions().Get(ctx, k)
	return err
}

func Exists(ctx context.Context, f signalkeys.Families, k signalkeys.SessionID) (bool, error) {
	_, ok, err := f.Sessions().Get(ctx, k)
	return ok, err
}

func Describe(r *signalkeys.Repo) string { return "repo" }

func InTx(ctx context.Context, r *signalkeys.Repo, k signalkeys.SessionID, fn func(context.Context, *signalkeys.Tx) error) error {
	return r.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		return fn(ctx, tx)
	})
}
