/** The buttons that copy a block of code. */

/** How long a button shows that the code was copied, in milliseconds. */
const confirmationMs = 1_500

export function enableCopyButtons(): void {
  if (!navigator.clipboard) return // The page was loaded over plain HTTP from another machine.
  for (const button of document.querySelectorAll<HTMLButtonElement>('button.copy')) {
    button.hidden = false
    button.addEventListener('click', () => copy(button))
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const code = button.closest('figure')?.querySelector('code')?.textContent ?? ''
  try {
    await navigator.clipboard.writeText(code)
    button.textContent = 'Copied'
  } catch {
    button.textContent = 'Not permitted'
  }
  setTimeout(() => {
    button.textContent = 'Copy'
  }, confirmationMs)
}
