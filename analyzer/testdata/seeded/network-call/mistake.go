package networkcall

import (
	"context"
	"net/http"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

func ping(url string) error {
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// mistakeCall calls a server inside, once for each run.
func mistakeCall(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	return repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) error {
		if err := ping("http://localhost"); err != nil { // want `ping, which calls http.Get in a callback .*do it before, or when Transaction has returned nil`
			return err
		}
		return tx.Sessions().Delete(ctx, k)
	})
}
