package networkcall

import (
	"context"
	"net/http"

	"github.com/keyfam/keyfam/generated/signalkeys"
)

// rightCall builds the request inside and sends it after.
func rightCall(ctx context.Context, repo *signalkeys.Repo, k signalkeys.SessionID) error {
	var req *http.Request
	err := repo.Transaction(ctx, signalkeys.SessionLabel(k), func(ctx context.Context, tx *signalkeys.Tx) (err error) {
		req, err = http.NewRequest("GET", "http://localhost", nil)
		return err
	})
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
