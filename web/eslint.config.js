import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const VIEWS = ["react", "react-dom", "react-dom/*", "@xyflow/*", "zustand", "zustand/*"];
const FOLDERS_ABOVE = ["**/view/**", "**/api/**", "**/i18n/**", "**/commands", "**/extensions/**"];

export default tseslint.config(
  { ignores: ["node_modules", "public"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { "react-hooks": hooks },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "max-lines": ["error", { max: 300, skipBlankLines: true }],
      eqeqeq: "error",
    },
  },
  {
    // The model is plain data and pure changes: no page, no React, nothing of the layers above it.
    files: ["src/model/**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ group: [...VIEWS, ...FOLDERS_ABOVE] }] }],
      "no-restricted-globals": ["error", ...Object.keys(globals.browser).filter((name) => !(name in globals.nodeBuiltin))],
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
