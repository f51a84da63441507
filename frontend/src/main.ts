/** The entry that every page loads. */

document.documentElement.dataset.scripted = "yes";
