// Puts items straight into a table of dynalite, by dynalite's own functions for keys and index copies: through HTTP, one
// request for 25 items, millions of items take most of a day.
//
// usage: node dynalite_load.js MODULE PATH TABLE < items
// MODULE: dynalite's folder. PATH: what its server has as --path; nobody else may have it open. A line of standard
// input is one item as the API spells it, in JSON.

const [module_, path, name] = process.argv.slice(2)
const db = require(module_ + '/db')
const store = db.create({ path })

const call = (method, ...given) => new Promise((resolve, reject) =>
  method(...given, (error, value) => (error ? reject(error) : resolve(value))))

async function main () {
  const table = await call(store.getTable, name)
  const waiting = new Map([[store.getItemDb(name), []]])
  const items = waiting.get(store.getItemDb(name))
  const lines = require('readline').createInterface({ input: process.stdin, crlfDelay: Infinity })
  let count = 0
  const flush = async () => {
    for (const [to, operations] of waiting) {
      if (operations.length) await call(to.batch, operations.splice(0))
    }
  }
  for await (const line of lines) {
    const item = JSON.parse(line)
    const invalid = db.validateItem(item, table)
    if (invalid != null) throw invalid
    items.push({ type: 'put', key: db.createKey(item, table), value: item })
    for (const copy of db.getIndexActions(table.GlobalSecondaryIndexes || [], null, item, table).puts) {
      const index = store.getIndexDb('Global', name, copy.index)
      if (!waiting.has(index)) waiting.set(index, [])
      waiting.get(index).push({ type: 'put', key: copy.key, value: copy.item })
    }
    if (++count % 2000 === 0) await flush()
  }
  await flush()
  await store.db.close()
  console.log(count)
}

main().catch(error => { console.error(error); process.exit(1) })
