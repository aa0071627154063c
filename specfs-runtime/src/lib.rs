mod border;
