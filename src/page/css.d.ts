/** The style sheets of the first load are imported only for their side effect. */
declare module '*.css'

/** The style sheets of parts that load late are imported as text. */
declare module '*.css?inline' {
  const styles: string
  export default styles
}
