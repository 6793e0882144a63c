import '../curtain.js'
export { gold as colour } from "./gold.js";
