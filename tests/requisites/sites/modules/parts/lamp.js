export const lamp = '#234';
