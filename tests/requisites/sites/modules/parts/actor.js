const colour = '#fc3';
document.getElementById('stage').style.background = colour;
export { colour };
