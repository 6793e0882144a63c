export const colour = '#fc3';
