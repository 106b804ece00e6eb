/** The variables of a server that has every route there is: what the OpenAPI document is made of. Nothing is called there. */
export const sampleEnvironment: Readonly<Record<string, string>> = {
  AUTH: 'moodle',
  JWT_SECRET: 'Of-the-document-alone-which-nobody-calls',
  MOODLE_URL: 'https://moodle.example.org',
  MOODLE_AJAX_URL: 'https://moodle.example.org/mod/writeassistdev/ajax.php',
  MOODLE_DATABASE_URL: 'mysql://moodle.example.org/moodle',
};
