/** The whole page. */
export function App() {
  return (
    <main>
      <h1>Boardcast</h1>
    </main>
  )
}
