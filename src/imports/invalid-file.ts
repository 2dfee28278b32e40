import {Problem} from '../board/problem.ts'

/** `reason` is the end of a sentence that begins with "The file cannot be imported:". */
export function invalidFile(reason: string): Problem {
  return new Problem('invalid-file', `The file cannot be imported: ${reason}.`)
}
