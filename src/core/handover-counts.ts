/** What one listener's connections have become, by slot; nothing ever falls. */
export class HandoverCounts {
  /** Taken from the kernel by the primary. */
  accepted = 0;
  /** Closed, since too many waited. */
  dropped = 0;
  readonly #handedOver: number[] = [];
  readonly #takenBack: number[] = [];

  handOver(slot: number): void {
    this.#handedOver[slot] = (this.#handedOver[slot] ?? 0) + 1;
  }

  takeBack(slot: number): void {
    this.#takenBack[slot] = (this.#takenBack[slot] ?? 0) + 1;
  }

  of(slot: number): { readonly handedOver: number; readonly takenBack: number } {
    return { handedOver: this.#handedOver[slot] ?? 0, takenBack: this.#takenBack[slot] ?? 0 };
  }

  /** Slots that were given any. */
  get slots(): number[] {
    return [...this.#handedOver.keys()].filter((slot) => (this.#handedOver[slot] ?? 0) > 0);
  }

  add(other: HandoverCounts): void {
    this.accepted += other.accepted;
    this.dropped += other.dropped;
    for (const [slot, count] of other.#handedOver.entries())
      this.#handedOver[slot] = (this.#handedOver[slot] ?? 0) + (count ?? 0);
    for (const [slot, count] of other.#takenBack.entries())
      this.#takenBack[slot] = (this.#takenBack[slot] ?? 0) + (count ?? 0);
  }
}
