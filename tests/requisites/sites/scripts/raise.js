document.getElementById('stage').textContent = 'The curtain is up, and the actors bow.';
