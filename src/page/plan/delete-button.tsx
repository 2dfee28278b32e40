/** The button that opens the question whether to delete. It stands apart from the buttons that end the dialog. */
export function DeleteButton({noun, onClick}: {noun: string; onClick(): void}) {
  return (
    <button type="button" className="quiet-button" data-tone="danger" onClick={onClick}>
      Delete {noun}…
    </button>
  )
}
