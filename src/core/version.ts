/** This package's version. A primary and its workers have the same. */
export const VERSION = '0.1.0';
