import { colour } from './costumes/colour.js';
document.getElementById('stage').style.background = colour;
