// Reads a Dockerfile, for tests on machines where no container engine can run.
import {readFileSync} from 'node:fs'
import {DockerfileParser, type ModifiableInstruction} from 'dockerfile-ast'

export interface Instruction {
  /** In capital letters, such as `COPY`. */
  keyword: string
  /** The value of the flag `--from`. */
  from?: string | undefined
  /** Everything after the keyword and its flags, with the values of `ARG` instead of the variables, and without line continuations. */
  text: string
}

export interface Stage {
  name: string
  instructions: Instruction[]
}

/** Returns the stages in the order of the file. A stage without a name has the name ''. */
export function readDockerfile(path: string): Stage[] {
  const stages: Stage[] = []
  const values = new Map<string, string>()
  for (const instruction of DockerfileParser.parse(readFileSync(path, 'utf8')).getInstructions()) {
    const keyword = instruction.getKeyword()
    const raw = (instruction.getArgumentsContent() ?? '').replaceAll(/\\\n\s*/g, ' ')
    const text = raw.replaceAll(/\$\{(\w+)\}/g, (variable, name) => values.get(name) ?? variable)
    if (keyword === 'ARG' && stages.length === 0) {
      const [name, value] = text.split('=')
      values.set(name!, value!)
    } else if (keyword === 'FROM') {
      stages.push({name: / AS (\S+)$/i.exec(text)?.[1] ?? '', instructions: []})
    } else {
      const flags = (instruction as Partial<ModifiableInstruction>).getFlags?.() ?? []
      const from = flags.find(flag => flag.getName() === 'from')?.getValue() ?? undefined
      stages.at(-1)!.instructions.push({keyword, from, text})
    }
  }
  return stages
}
