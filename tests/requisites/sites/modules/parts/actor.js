import { colour } from './wardrobe.js';
document.getElementById('stage').style.background = colour;
