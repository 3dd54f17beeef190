// Loads a folder with Baileys' own useMultiFileAuthState and prints every record
// that is asked for on standard input, {family: [id, …]}, as one JSON line:
// {family: {id: value}}, bytes as {"bytes": "<base64>"}.
import { readFileSync } from 'node:fs'
import { useMultiFileAuthState } from 'baileys'

const plain = value => {
	if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') }
	if (Array.isArray(value)) return value.map(plain)
	if (value && typeof value === 'object') {
		if (typeof value.low === 'number' && typeof value.toString === 'function' && value.constructor.name === 'Long') return value.toString()
		return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
	}
	return value
}

const { state } = await useMultiFileAuthState(process.argv[2])
const wanted = JSON.parse(readFileSync(0, 'utf8'))
const found = {}
for (const [family, ids] of Object.entries(wanted)) {
	found[family] = plain(await state.keys.get(family, ids))
}
console.log(JSON.stringify({ creds: plain(state.creds), records: found }))
