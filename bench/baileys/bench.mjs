// Times Baileys' own stacks of key stores and prints one line of JSON:
// {stack: {cell: nanoseconds per operation}}. Values are 2 KiB of fresh bytes.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addTransactionCapability, makeCacheableSignalKeyStore, useMultiFileAuthState } from 'baileys'

const logger = { level: 'silent', child: () => logger }
for (const level of ['trace', 'debug', 'info', 'warn', 'error']) logger[level] = () => {}

const pool = Array.from({ length: 1024 }, () => randomBytes(2048))
let turn = 0
const fresh = () => {
	const value = Buffer.from(pool[turn++ & 1023])
	value.writeUInt32LE(turn, 0)
	return value
}

const memory = () => {
	const families = {}
	return {
		get: async (type, ids) => {
			const found = {}
			for (const id of ids) {
				const value = families[type]?.get(id)
				if (value !== undefined) found[id] = value
			}
			return found
		},
		set: async data => {
			for (const type in data) {
				const family = (families[type] ??= new Map())
				for (const id in data[type]) {
					const value = data[type][id]
					if (value === null) family.delete(id)
					else family.set(id, value)
				}
			}
		}
	}
}

// as many records as the other benchmarks have; they give the collectors of both
// languages the same to do
const loaded = 100_000
const load = async keys => {
	for (let i = 0; i < loaded; i += 1000) {
		const session = {}
		for (let j = i; j < i + 1000; j++) session[`other.${j}`] = fresh()
		await keys.set({ session })
	}
	return keys
}

const options = { maxCommitRetries: 5, delayBetweenTriesMs: 1 }
const folder = mkdtempSync(join(tmpdir(), 'bench-'))
const files = (await useMultiFileAuthState(folder)).state.keys
const stacks = {
	'memory+transactions': addTransactionCapability(await load(memory()), logger, options),
	'memory+cache+transactions': addTransactionCapability(makeCacheableSignalKeyStore(await load(memory()), logger), logger, options),
	'multi-file+cache+transactions': addTransactionCapability(makeCacheableSignalKeyStore(files, logger), logger, options)
}

const update = (keys, id) => keys.transaction(async () => {
	await keys.get('session', [id])
	await keys.set({ session: { [id]: fresh() } })
}, id)

const cells = {
	Get: keys => keys.get('session', ['hot.0']),
	Set: keys => keys.set({ session: { 'hot.0': fresh() } }),
	Update: keys => update(keys, 'hot.0')
}

const time = async (n, once) => {
	const start = process.hrtime.bigint()
	for (let i = 0; i < n; i++) await once(i)
	return Number(process.hrtime.bigint() - start) / n
}

const results = {}
for (const [name, keys] of Object.entries(stacks)) {
	const n = name.startsWith('multi-file') ? 1500 : 60000
	await keys.set({ session: { 'hot.0': fresh() } })
	results[name] = {}
	for (const [cell, once] of Object.entries(cells)) {
		await time(n / 10, () => once(keys)) // warm up the compiler
		results[name][cell] = await time(n, () => once(keys))
	}
	const ids = Array.from({ length: 64 }, (_, i) => `many.${i}`)
	const rounds = n / 64
	const all = await time(rounds, () => Promise.all(ids.map(id => update(keys, id))))
	results[name]['Update of 64 at once'] = all / 64
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify(results))
process.exit(0)
