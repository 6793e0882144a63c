document.getElementById('curtain').style.borderTop = '20px solid #a33';
