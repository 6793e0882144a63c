export const gold = '#fc3';
