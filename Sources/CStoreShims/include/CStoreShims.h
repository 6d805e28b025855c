#ifndef CSTORESHIMS_H
#define CSTORESHIMS_H
#endif
