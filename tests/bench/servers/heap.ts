/** Counts the objects in the heap of this process. */
import {text} from 'node:stream/consumers'
import {getHeapSnapshot} from 'node:v8'

export interface HeapKind {
  count: number
  /** The total size of the objects. Other objects to which these objects refer are not included. */
  bytes: number
}

interface Snapshot {
  snapshot: {meta: {node_fields: string[]; node_types: [string[], ...string[]]}}
  nodes: number[]
  strings: string[]
}

/** Groups objects by constructor, closures by name, and all other values by V8's type. */
export async function heapByKind(): Promise<Map<string, HeapKind>> {
  const {snapshot, nodes, strings}: Snapshot = JSON.parse(await text(getHeapSnapshot()))
  const {node_fields: fields, node_types} = snapshot.meta
  const type = fields.indexOf('type')
  const name = fields.indexOf('name')
  const size = fields.indexOf('self_size')
  const kinds = new Map<string, HeapKind>()
  for (let node = 0; node < nodes.length; node += fields.length) {
    const key = kindOf(node_types[0][nodes[node + type]!]!, strings[nodes[node + name]!]!)
    const kind = kinds.get(key) ?? {count: 0, bytes: 0}
    kinds.set(key, {count: kind.count + 1, bytes: kind.bytes + nodes[node + size]!})
  }
  return kinds
}

function kindOf(type: string, name: string): string {
  switch (type) {
    case 'object':
    case 'native':
      return name
    case 'closure':
      return `closure ${name}`
    case 'hidden':
    case 'array':
    case 'code':
    case 'object shape':
      return `(${type}) ${name}`
    default:
      return `(${type})`
  }
}
