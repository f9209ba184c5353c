/** What is seen when the number of usable CPUs is looked at again. */
export interface CpuLook {
  /** As many CPUs there were when the workers were last made to follow, or were to be. */
  readonly followed: number;
  /** As many there are now; `undefined` where that cannot be told. */
  readonly cpus: number | undefined;
  readonly slots: number;
  /** Whether the number of slots may be changed now: nothing else changes the workers. */
  readonly isFree: boolean;
}

export interface CpuStep {
  readonly followed: number;
  /** How many slots there are to be; `undefined`: as many as there are. */
  readonly slots?: number;
}

/** What a look at the CPUs leads to. A number that could not be reached is tried again only when there was another. */
export function followCpus({ followed, cpus, slots, isFree }: CpuLook): CpuStep {
  if (!isFree || cpus === undefined || cpus === followed) return { followed };
  return cpus === slots ? { followed: cpus } : { followed: cpus, slots: cpus };
}
