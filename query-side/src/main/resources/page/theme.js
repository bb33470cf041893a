// Runs before anything is drawn, so that a chosen theme does not flash. No module: those run late.
(() => {
  const KEY = "snapledger.theme";
  const chosen = localStorage.getItem(KEY);
  if (chosen) {
    document.documentElement.dataset.theme = chosen;
  }
  const system = matchMedia("(prefers-color-scheme: dark)");

  window.snapledgerTheme = {
    get isDark() {
      const { theme } = document.documentElement.dataset;
      return theme ? theme === "dark" : system.matches;
    },
    /** What equals the system's own theme is not kept, so that the page follows the system again. */
    toggle() {
      const dark = !this.isDark;
      if (dark === system.matches) {
        localStorage.removeItem(KEY);
        delete document.documentElement.dataset.theme;
      } else {
        localStorage.setItem(KEY, dark ? "dark" : "light");
        document.documentElement.dataset.theme = dark ? "dark" : "light";
      }
    },
  };
})();
