// Puts the focus on the summary of what is wrong, so that it is seen and read out first.
document.querySelector(".an-problems")?.focus();
