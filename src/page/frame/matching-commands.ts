import {type Choice, matchingChoices} from '../parts/choices.ts'

const maxCommands = 5

/** Returns the commands that match the text. With a text, only a few, because they stand above the results of the search. */
export function matchingCommands<T extends Choice>(commands: readonly T[], text: string): T[] {
  const matching = matchingChoices(commands, text)
  return text.trim() === '' ? matching : matching.slice(0, maxCommands)
}
