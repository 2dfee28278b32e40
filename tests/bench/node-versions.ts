/** Runs the bench on several versions of Node, and shows the figures of Boardcast side by side. */
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {nodeProgram} from '../../scripts/node-program.ts'
import type {machine} from './machine.ts'
import type {Cell, Result} from './table.ts'

/** What `npm run bench -- --out file.json` writes. */
interface Run {
  machine: typeof machine
  results: Record<string, Result>
}

// The floor shows what the version itself costs. The other servers would take most of the time.
const servers = 'boardcast,raw-socket'

/** Returns one result with a column for each version. A row that fails on a version has no figures there. */
export function compareVersions(majors: readonly string[], rows: readonly string[]): Result {
  const folder = mkdtempSync(join(tmpdir(), 'boardcast-bench-'))
  try {
    const file = join(folder, 'run.json')
    return toResult(majors.map(major => runBench(nodeProgram(major), rows, file)))
  } finally {
    rmSync(folder, {recursive: true})
  }
}

function runBench(node: string, rows: readonly string[], file: string): Run {
  const args = ['--import', 'tsx', 'tests/bench/main.ts', '--out', file, '--servers', servers, ...rows]
  const {status} = spawnSync(node, args, {
    stdio: 'inherit',
    env: {...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}`},
  })
  const run: Run = JSON.parse(readFileSync(file, 'utf8'))
  if (status !== 0) console.error(`A row failed on Node ${run.machine.node}.`)
  return run
}

/** There is one run for each version. */
function toResult(runs: readonly Run[]): Result {
  const figures = runs.map(figuresOf)
  const names = new Set(figures.flatMap(run => [...run.keys()]))
  return {
    title: 'Figures of Boardcast on several versions of Node',
    columns: ['measurement', ...runs.map(({machine}) => `Node ${machine.node.slice(1)}`)],
    lines: [...names].map(name => [name, ...figures.map(run => run.get(name) ?? null)]),
  }
}

/** Returns the figures of Boardcast and of the floor. The keys contain the row, the line and the column. */
function figuresOf({results}: Run): Map<string, number> {
  const figures = new Map<string, number>()
  for (const [row, {columns, lines}] of Object.entries(results)) {
    for (const [name, ...cells] of lines) {
      if (!/^(boardcast|raw-socket)$/.test(String(name))) continue
      for (const [index, cell] of cells.entries()) {
        if (isFigure(cell)) figures.set(`${row}: ${name}, ${columns[index + 1]}`, cell)
      }
    }
  }
  return figures
}

function isFigure(cell: Cell): cell is number {
  return typeof cell === 'number' && !Number.isNaN(cell)
}
