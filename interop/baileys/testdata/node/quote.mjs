// Prints JSON.stringify of each string that standard input has, one a line, as
// the hexadecimal of its UTF-16 code units.
import { readFileSync } from 'node:fs'

for (const line of readFileSync(0, 'utf8').trimEnd().split('\n')) {
	const units = line.match(/.{4}/g) ?? []
	console.log(JSON.stringify(String.fromCharCode(...units.map(u => parseInt(u, 16)))))
}
