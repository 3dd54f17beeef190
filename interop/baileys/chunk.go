package baileys

import (
	"bytes"
	"context"
	"errors"

	"github.com/keyfam/keyfam/generated/signalkeys"
	"github.com/keyfam/keyfam/interop/baileys/baileysfile"
	"github.com/keyfam/keyfam/store"
	"github.com/keyfam/keyfam/store/family"
)

// What one commit of an import holds at most. A flush for so many files costs
// nothing, and a commit stays far below what backends take; those that take less
// say so.
const (
	chunkFiles = 500
	chunkBytes = 8 << 20
)

// chunk is what one commit of an import writes: records, and in the same commit
// the files that are kept with them.
type chunk struct {
	keys   signalkeys.Batch
	rows   store.DataSet
	files  baileysfile.Batch
	bare   []baileysfile.BaileysFileID // files without a kept one: a merge deletes what an earlier import kept
	size   int                         // files
	bytes  int                         // of those files
	report ImportReport
}

// loader makes chunks of files.
type loader struct {
	repo         *signalkeys.Repo
	dir          string
	files, bytes int // of one chunk at most
}

func newLoader(repo *signalkeys.Repo, dir string) *loader {
	l := &loader{repo, dir, chunkFiles, chunkBytes}
	limits := repo.Store().Limits()
	// Each file makes two records, and a commit has one marker.
	l.files = max(1, min(l.files, (limits.CommitRecords-1)/2))
	l.bytes = min(l.bytes, limits.CommitBytes/2)
	return l
}

// load reads files into chunks.
func (l *loader) load(ctx context.Context, sources []source) (chunks []*chunk, err error) {
	for len(sources) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c := l.fill(sources)
		some, err := l.settle(ctx, c, sources[:c.size])
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, some...)
		sources = sources[c.size:]
	}
	return chunks, nil
}

// fill makes a chunk of the first files, as many as it holds.
func (l *loader) fill(sources []source) *chunk {
	c := &chunk{}
	var m memory
	for c.size < len(sources) && c.size < l.files && c.bytes < l.bytes {
		c.load(l.dir, &sources[c.size], &m)
		c.size++
	}
	return c
}

// memory is used for one file after the other: what a chunk keeps of a file is
// copied into its batches.
type memory struct {
	file      []byte
	canonical []byte
}

// settle rehearses a chunk. If the store refuses something in it, it is made
// again of smaller ones, so that the refusal falls on the right file.
func (l *loader) settle(ctx context.Context, c *chunk, sources []source) ([]*chunk, error) {
	switch err := c.rehearse(ctx, l.repo); {
	case err == nil:
		return []*chunk{c}, nil
	case !isRefusal(err):
		return nil, err
	case c.size == 1:
		bad := &chunk{size: 1}
		bad.report.bad(sources[0].name, err)
		return []*chunk{bad}, nil
	}
	front, err := l.load(ctx, sources[:c.size/2])
	if err != nil {
		return nil, err
	}
	back, err := l.load(ctx, sources[c.size/2:])
	return append(front, back...), err
}

// isRefusal tells what a store never takes from a store that is not well.
func isRefusal(err error) bool {
	return errors.Is(err, store.ErrInvalid) || errors.Is(err, store.ErrTooLarge)
}

// load adds one file.
func (c *chunk) load(dir string, s *source, m *memory) {
	data, info, err := readFile(dir, s.name, m.file)
	if s.info = info; err == nil {
		m.file = data
		c.bytes += len(data)
		err = c.add(s, data, m)
	}
	if err != nil {
		c.report.bad(s.name, err)
	}
}

func (c *chunk) add(s *source, data []byte, m *memory) error {
	switch s.kind {
	case creds:
		return c.addCreds(s, data)
	case unknown:
		c.report.Unknown = append(c.report.Unknown, s.name)
		c.keep(s, data)
		return nil
	}
	return c.addRecord(s, data, m)
}

func (c *chunk) addCreds(s *source, data []byte) error {
	if err := checkCreds(data); err != nil {
		return err
	}
	c.report.Creds = true
	c.keep(s, data)
	return nil
}

func (c *chunk) addRecord(s *source, data []byte, m *memory) error {
	e, err := s.form.read(s.id, data)
	if err != nil {
		return err
	}
	canonical, err := e.render(m.canonical[:0])
	if err != nil {
		return err
	}
	m.canonical = canonical
	e.put(c)
	c.report.count(s.form.naming().family, 1)
	switch {
	case bytes.Equal(canonical, data):
		c.bare = append(c.bare, baileysfile.BaileysFileID(s.name))
	case s.form.keeps():
		c.report.Kept = append(c.report.Kept, s.name)
		c.keep(s, data)
	default:
		c.report.Rewritten = append(c.report.Rewritten, s.name)
	}
	if e.replaced() {
		c.report.Replaced = append(c.report.Replaced, s.name)
	}
	return nil
}

func (c *chunk) keep(s *source, data []byte) {
	c.files.BaileysFiles().Put(baileysfile.BaileysFileID(s.name), family.NewSecret(data))
}

// apply writes the chunk. A merge also forgets files that earlier imports kept
// of records that now are canonical.
func (c *chunk) apply(ctx context.Context, tx *store.Tx, merge bool) error {
	files := baileysfile.NewTx(tx)
	if merge && len(c.bare) > 0 {
		if err := files.BaileysFiles().DeleteMany(ctx, c.bare...); err != nil {
			return err
		}
	}
	if err := signalkeys.NewTx(tx).Apply(ctx, &c.keys); err != nil {
		return err
	}
	if err := tx.Set(ctx, &c.rows); err != nil {
		return err
	}
	return files.Apply(ctx, &c.files)
}

var errRehearsed = errors.New("rehearsed")

// rehearse applies the chunk without committing it: the store refuses now what
// it would refuse then.
func (c *chunk) rehearse(ctx context.Context, repo *signalkeys.Repo) error {
	err := repo.Store().Transaction(ctx, "", func(ctx context.Context, tx *store.Tx) error {
		if err := c.apply(ctx, tx, false); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}
