/** Reads the exports of the client's entry points from the source, with their comments. */
import {readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {parseSync} from 'vite'

export interface Declaration {
  name: string
  kind: 'function' | 'interface' | 'type' | 'class' | 'constant'
  /** The comment of the declaration as Markdown. */
  doc: string
  /** The declaration as TypeScript, without the bodies of functions. */
  code: string
  /** The members of an interface or a class. */
  members: Member[]
}

export interface Member {
  name: string
  isOptional: boolean
  /** The type as TypeScript. */
  type: string
  doc: string
}

export interface Entry {
  doc: string
  declarations: Declaration[]
}

/** The parts of a syntax tree (ESTree with TypeScript) that this file uses. */
interface Node {
  type: string
  start: number
  end: number
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on `type`
  [key: string]: any
}

interface Module {
  file: string
  text: string
  body: Node[]
  comments: {start: number; end: number; value: string}[]
}

const modules = new Map<string, Module>()

/** Returns the declarations that a module exports by name, in the order of the source. Omits `export *`. */
export function readEntry(file: string): Entry {
  const module = open(file)
  const [first] = module.comments
  const declarations = module.body.flatMap(node => {
    if (node.type !== 'ExportNamedDeclaration') return []
    if (node.declaration) return declarationsOf(module, node)
    return node.specifiers.map(({local, exported}: Node) => {
      const source = node.source && resolve(module, node.source.value)
      return {...find(source ? open(source) : module, local.name), name: exported.name}
    })
  })
  return {doc: first ? docOf(first.value) : '', declarations}
}

function open(file: string): Module {
  const known = modules.get(file)
  if (known) return known
  const text = readFileSync(file, 'utf8')
  const {program, comments, errors} = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`)
  const module = {file, text, body: program.body as unknown as Node[], comments}
  modules.set(file, module)
  return module
}

function resolve({file}: Module, specifier: string): string {
  return join(dirname(file), specifier)
}

/** Finds a declaration by its name, in the module or in the module from which it is imported or exported. */
function find(module: Module, name: string): Declaration {
  for (const node of module.body) {
    const own = declarationsOf(module, node).find(declaration => declaration.name === name)
    if (own) return own
    const specifier = node.specifiers?.find(
      (specifier: Node) => (specifier.exported ?? specifier.local).name === name,
    )
    if (specifier && node.source) {
      return find(open(resolve(module, node.source.value)), (specifier.imported ?? specifier.local).name)
    }
  }
  throw new Error(`${module.file} has no declaration of ${name}.`)
}

function declarationsOf(module: Module, node: Node): Declaration[] {
  const isExport = node.type === 'ExportNamedDeclaration'
  const declaration: Node | undefined = isExport ? node.declaration : node
  if (!declaration) return []
  const doc = commentBefore(module, node.start)
  const slice = (start: number, end: number) => module.text.slice(start, end).trim()
  switch (declaration.type) {
    case 'FunctionDeclaration': {
      const code = slice(declaration.start, declaration.body?.start ?? declaration.end)
      return [{name: declaration.id.name, kind: 'function', doc, code, members: []}]
    }
    case 'TSInterfaceDeclaration': {
      const members = membersOf(module, declaration.body.body)
      const code = slice(declaration.start, declaration.body.start)
      return [{name: declaration.id.name, kind: 'interface', doc, code, members}]
    }
    case 'TSTypeAliasDeclaration': {
      const literal = declaration.typeAnnotation.type === 'TSTypeLiteral' && declaration.typeAnnotation
      const members = literal ? membersOf(module, literal.members) : []
      const code = slice(declaration.start, declaration.end)
      return [{name: declaration.id.name, kind: 'type', doc, code, members}]
    }
    case 'ClassDeclaration': {
      const members = membersOf(module, declaration.body.body)
      const code = slice(declaration.start, declaration.body.start)
      return [{name: declaration.id.name, kind: 'class', doc, code, members}]
    }
    case 'VariableDeclaration':
      return declaration.declarations.map(({id}: Node) => ({
        name: id.name,
        kind: 'constant',
        doc,
        code: `const ${slice(id.start, id.typeAnnotation?.end ?? id.end)}`,
        members: [],
      }))
    default:
      return []
  }
}

function membersOf(module: Module, nodes: Node[]): Member[] {
  const {text} = module
  return nodes
    .filter(node => node.accessibility !== 'private' && node.kind !== 'constructor')
    .map(node => {
      const name = node.key ? text.slice(node.key.start, node.key.end) : text.slice(node.start, node.end)
      // The value of a method of a class has a body, which is not part of the type.
      const end = node.value?.body?.start ?? node.end
      const type = text
        .slice(startOfType(node), end)
        .trim()
        .replace(/^\??(:\s*)?/, '')
        .replace(/,$/, '')
      return {name, isOptional: Boolean(node.optional), type, doc: commentBefore(module, node.start)}
    })
}

/** The type of a method starts after its name, which readers see beside the type. */
function startOfType({type, kind, key, value, typeAnnotation, start}: Node): number {
  if (kind === 'get') return value.returnType?.start ?? start
  if (type === 'TSMethodSignature' || type === 'MethodDefinition') return key.end
  return typeAnnotation && key ? typeAnnotation.start + 1 : start
}

/** Returns the text of the comment that ends directly before a position, or an empty string. */
function commentBefore({text, comments}: Module, position: number): string {
  const comment = comments.findLast(({end}) => end <= position)
  if (!comment?.value.startsWith('*') || text.slice(comment.end, position).trim() !== '') return ''
  return docOf(comment.value)
}

function docOf(comment: string): string {
  return comment
    .replace(/^\*/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/@param (\w+) /g, '`$1`: ')
    .trim()
}
