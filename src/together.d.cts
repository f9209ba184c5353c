export * from './together.js' with { 'resolution-mode': 'import' };
